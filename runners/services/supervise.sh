# supervise.sh SECONDS COMMAND...: becomes the command, and ends it when standard input ends.
#
# The process that starts this script holds the other end of standard input. The system closes it even when that process
# is killed with -9, so no service outlives the process that started it. The waiting shell is in the process group of the
# command: while it waits, no other process can get the number of that group. The command cannot read standard input.
grace=$1
shift
exec 3<&0

(
  trap '' TERM INT HUP
  while read -r _; do :; done
  kill -TERM "-$$"
  while [ "$grace" -gt 0 ] && kill -0 "$$"; do
    sleep 1
    grace=$((grace - 1))
  done
  kill -KILL "-$$"
) <&3 >/dev/null 2>&1 &

exec 3<&-
exec "$@" </dev/null
