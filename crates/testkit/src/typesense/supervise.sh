# Runs a Typesense server and ends it together with its user. The testkit starts it as
#   sh -c THIS sh FOLDER BINARY REMOVED [WATCHED START_TIME RUN_FOLDER]
# where REMOVED is the folder to remove at the end: FOLDER, or that of its cluster. It prints the
# server's process id. Then a line on stdin decides:
#   the name of a signal   send it to the server and keep its folder;
#   WATCH                  run the server as long as the process WATCHED, which is identified by its
#                          start time too; then also remove RUN_FOLDER;
#   the end of stdin       the user is gone: kill the server and remove REMOVED.
folder=$1 binary=$2 removed=$3 watched=$4 start_time=$5 run_folder=$6

# Kill the server with this shell, if the system supports it.
guard=
setpriv --pdeathsig KILL true 2>/dev/null && guard='setpriv --pdeathsig KILL'

$guard "$binary" --config="$folder/server.ini" </dev/null >>"$folder/server.log" 2>&1 &
server=$!
trap '' INT HUP
trap 'kill -s KILL "$server"; exit 1' TERM
echo "$server"
exec >/dev/null 2>&1

is_watched_alive() {
    stat=$(cat "/proc/$watched/stat") || return 1
    # The process name is in parentheses and may contain anything: count fields after it.
    set -- ${stat##*) }
    [ "${20}" = "$start_time" ] && [ "$1" != Z ]
}

read -r order || order=
case $order in
'' | WATCH) ;;
*)
    kill -s "$order" "$server"
    wait "$server"
    exit 0
    ;;
esac
if [ "$order" = WATCH ]; then
    while is_watched_alive && kill -0 "$server"; do sleep 0.5; done
fi
kill -s KILL "$server"
wait "$server"
rm -rf "$removed"
if [ "$order" = WATCH ] && ! is_watched_alive; then rm -rf "$run_folder"; fi
