# SPDX-License-Identifier: Apache-2.0
# Copyright The Scaling Toolkit Authors
#
# Ends the engines of a JVM and deletes their files when that JVM is gone, however it went.
#
# Reads commands from the pipe that only the JVM holds, one a line:
#   dir PATH          a workspace: processes working in it are ours, and it is deleted at the end
#   done PATH         forget a workspace
#   pid PID:START     a process that works elsewhere (START: field 22 of /proc/PID/stat)
#   forget PID:START  forget a process
# End of file means that the JVM is gone. POSIX shell, Linux /proc, no other program but rm and
# sleep. A process with a terminal is never taken for an engine: it is a person looking at logs.

dirs=
pids=
me=$$
nl='
'

without() { # LIST ITEM: prints LIST, one item a line, without ITEM
  rest=
  old_ifs=$IFS
  IFS=$nl
  set -f
  for item in $1; do
    [ "$item" = "$2" ] || rest=$rest$item$nl
  done
  set +f
  IFS=$old_ifs
}

is_listed() { # LIST ITEM
  case $nl$1 in
    *"$nl$2$nl"*) return 0 ;;
  esac
  return 1
}

works_in_ours() { # PID
  cd -P "/proc/$1/cwd" 2>/dev/null || return 1
  case $PWD in
    *' (deleted)') return 1 ;;
  esac
  at=$PWD
  while [ -n "$at" ]; do
    is_listed "$dirs" "$at" && return 0
    at=${at%/*}
  done
  return 1
}

find_victims() { # grows $victims by every live process that is ours; $grew says whether it did
  grew=
  for proc in /proc/[0-9]*; do
    pid=${proc#/proc/}
    [ "$pid" = "$me" ] && continue
    is_listed "$victims" "$pid" && continue
    { read -r stat <"$proc/stat"; } 2>/dev/null || continue
    set -f
    set -- ${stat##*) }
    set +f
    case $1 in Z | X) continue ;; esac
    if is_listed "$pids" "$pid:${20}" || is_listed "$victims" "$2" ||
      { [ "$5" = 0 ] && works_in_ours "$pid"; }; then
      victims=$victims$pid$nl
      grew=yes
    fi
  done
  cd /
}

end_all() {
  round=0
  while [ "$round" -lt 100 ]; do
    victims=
    grew=yes
    while [ -n "$grew" ]; do find_victims; done
    [ -z "$victims" ] && return
    kill -9 $victims 2>/dev/null
    round=$((round + 1))
    [ "$round" -gt 1 ] && { sleep 0.05 2>/dev/null || sleep 1; }
  done
}

delete_all() {
  IFS=$nl
  set -f
  for dir in $dirs; do
    tries=0
    while [ -e "$dir" ] && [ "$tries" -lt 20 ]; do
      rm -rf "$dir" 2>/dev/null
      tries=$((tries + 1))
    done
  done
}

main() {
  trap '' HUP INT TERM QUIT PIPE
  cd /
  while read -r verb rest_of_line; do
    case $verb in
      dir) dirs=$dirs$rest_of_line$nl ;;
      done) without "$dirs" "$rest_of_line" && dirs=$rest ;;
      pid) pids=$pids$rest_of_line$nl ;;
      forget) without "$pids" "$rest_of_line" && pids=$rest ;;
    esac
  done
  end_all
  delete_all
}

main
