# supervise.sh SECONDS COMMAND...: becomes the command, and ends it when standard input ends.
#
# Whoever starts it holds the other end of standard input, which the system closes even when the holder is killed with
# -9. So no part outlives the one who started it. The shell that waits is in the command's process group, which is led
# by the command: as long as it waits, no other process can get that number.
# Nothing may be read from standard input by the command.
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
