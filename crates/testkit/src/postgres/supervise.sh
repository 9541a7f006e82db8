# Runs a PostgreSQL server and ends it together with its user. The testkit starts it as
#   sh -c THIS sh FOLDER COMMAND...
# It prints the server's process id. Then a line on stdin decides:
#   the name of a signal   send it to the server and keep its folder;
#   the end of stdin       the user is gone: end the server at once and remove FOLDER.
folder=$1
shift

"$@" </dev/null >>"$folder/server.log" 2>&1 &
server=$!
trap '' INT HUP
trap 'kill -s QUIT "$server"; exit 1' TERM
echo "$server"
exec >/dev/null 2>&1

read -r order || order=
if [ -n "$order" ]; then
    kill -s "$order" "$server"
    wait "$server"
    exit 0
fi
kill -s QUIT "$server"
wait "$server"
rm -rf "$folder"
