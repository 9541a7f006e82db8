# Runs a Typesense server and ends it with its user; started by the testkit as
#   sh -c THIS sh FOLDER BINARY REMOVED [WATCHED START_TIME RUN_FOLDER]
# where REMOVED is the folder that goes at the end: FOLDER, or that of a cluster it is part of.
# The server's process id is the only line on stdout. Then one line on stdin decides:
#   the name of a signal   the server gets it, its folder stays;
#   WATCH                  the server lives as long as the process WATCHED, told from a successor
#                          of the same id by its start time; then RUN_FOLDER goes too;
#   the end of stdin       its user is gone: the server is killed, REMOVED goes.
folder=$1 binary=$2 removed=$3 watched=$4 start_time=$5 run_folder=$6

# The server dies with this shell where the system can arrange that.
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
    # The process name stands in brackets and may hold anything: fields count from behind it.
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
