# facts-resources.sh: processors, memory, limits, and what the system sweeps away. Needs
# facts.sh and facts-tables.sh.
#
# out:  records of kind memory, limits, cores, huge_pages, setting

if [ -r /proc/meminfo ] && [ -r /proc/self/limits ]; then
  table /proc/meminfo /proc/self/limits
else
  unseen memory '/proc/meminfo and /proc/self/limits cannot be read'
fi
table /proc/self/status
tables=$tables'
  FILENAME == "/proc/meminfo" { sub(/:/, "", $1); memory[$1] = $2; next }
  FILENAME == "/proc/self/limits" {
    if (/^Max open files/) files = $4 "\nfiles_hard=" $5
    if (/^Max processes/) processes = $3 "\nprocesses_hard=" $4
    next
  }
  FILENAME == "/proc/self/status" {
    if ($1 != "Cpus_allowed_list:") next
    for (i = split($2, range, ","); i > 0; i--) cores += split(range[i], core, "-") > 1 ? core[2] - core[1] + 1 : 1
    print "kind=cores\ncores=" cores "\n"
    next
  }
  END {
    if ("MemTotal" in memory) {
      print "kind=memory\ntotal_kib=" memory["MemTotal"] + 0 "\navailable_kib=" memory["MemAvailable"] + 0 \
        "\nswap_kib=" memory["SwapTotal"] + 0 "\nswap_free_kib=" memory["SwapFree"] + 0 "\n"
      print "kind=limits\nfiles=" files "\nprocesses=" processes "\n"
    }
  }
'
huge=
[ ! -r /sys/kernel/mm/transparent_hugepage/enabled ] || read -r huge </sys/kernel/mm/transparent_hugepage/enabled
huge=${huge#*[}
fact huge_pages huge_pages "${huge%%]*}"

# Of the files of sshd, logind and systemd-tmpfiles, the lines that matter to Spark. A file of
# tmpfiles.d hides one of its name in a later directory.
hidden=' '
for file in /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf /etc/systemd/logind.conf \
  /usr/lib/systemd/logind.conf.d/*.conf /run/systemd/logind.conf.d/*.conf /etc/systemd/logind.conf.d/*.conf \
  /etc/tmpfiles.d/*.conf /run/tmpfiles.d/*.conf /usr/lib/tmpfiles.d/*.conf; do
  [ -e "$file" ] || continue
  case $file in
    *[[:space:]]*) continue ;;
    *tmpfiles.d*)
      case $hidden in *" ${file##*/} "*) continue ;; esac
      hidden="$hidden${file##*/} " ;;
  esac
  if [ -r "$file" ]; then table "$file"; else unseen "$file" 'only root may read it'; fi
done
tables=$tables'
  function setting(key, value) {
    if (value !~ /[\\\r]/) print "kind=setting\nfile=" FILENAME "\nline=" FNR "\nkey=" key "\nvalue=" value "\n"
  }
  FILENAME ~ /sshd_config|logind|tmpfiles.d/ && /^[ \t]*[#;]/ { next }
  FILENAME ~ /sshd_config/ {
    if (tolower($1) == "match") skipping = FILENAME
    if (skipping != FILENAME && tolower($1) ~ /^(maxsessions|maxstartups|allowtcpforwarding|usedns)$/) setting(tolower($1), $2)
    next
  }
  FILENAME ~ /logind/ {
    if (match($0, /^[ \t]*(KillUserProcesses|KillExcludeUsers|KillOnlyUsers|RemoveIPC)[ \t]*=/)) {
      key = $0; sub(/[ \t]*=.*/, "", key); sub(/^[ \t]*/, "", key)
      value = $0; sub(/^[^=]*=[ \t]*/, "", value)
      setting(tolower(key), value)
    }
    next
  }
  FILENAME ~ /tmpfiles.d/ {
    if ($1 ~ /^[dDqQvexX]/ && ($2 == "/tmp" || $2 ~ /^\/tmp\// || $2 ~ /spark/)) setting("tmpfiles", $1 " " $2 " " ($6 == "" ? "-" : $6))
    next
  }
'
