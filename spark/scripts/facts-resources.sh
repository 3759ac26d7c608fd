# facts-resources.sh: processors, memory, limits, and what the system sweeps away. Needs
# facts.sh and facts-paths.sh.
#
# out:  records of kind memory, limits, cores, setting

if [ -r /proc/meminfo ] && [ -r /proc/self/limits ]; then
  awk '
    FILENAME == "/proc/meminfo" { sub(/:/, "", $1); memory[$1] = $2; next }
    /^Max open files/ { files = $4 "\nfiles_hard=" $5 }
    /^Max processes/ { processes = $3 "\nprocesses_hard=" $4 }
    END {
      print "kind=memory\ntotal_kib=" memory["MemTotal"] + 0 "\navailable_kib=" memory["MemAvailable"] + 0 \
        "\nswap_kib=" memory["SwapTotal"] + 0 "\nswap_free_kib=" memory["SwapFree"] + 0 "\n"
      print "kind=limits\nfiles=" files "\nprocesses=" processes "\n"
    }' /proc/meminfo /proc/self/limits
else
  unseen memory '/proc/meminfo and /proc/self/limits cannot be read'
fi
huge=
[ ! -r /sys/kernel/mm/transparent_hugepage/enabled ] || read -r huge </sys/kernel/mm/transparent_hugepage/enabled
huge=${huge#*[}
fact cores cores "$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null)" huge_pages "${huge%%]*}"

# Of the files of sshd, logind and systemd-tmpfiles, the lines that matter to Spark. A file of
# tmpfiles.d hides one of its name in a later directory.
settings=' ' hidden=' '
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
  if [ -r "$file" ]; then settings="$settings$file "; else unseen "$file" 'only root may read it'; fi
done
awk '
  function tell(key, value) {
    if (value !~ /[\\\r]/) print "kind=setting\nfile=" FILENAME "\nline=" FNR "\nkey=" key "\nvalue=" value "\n"
  }
  /^[ \t]*[#;]/ { next }
  FILENAME ~ /sshd_config/ {
    if (tolower($1) == "match") { skipping = FILENAME }
    if (skipping != FILENAME && tolower($1) ~ /^(maxsessions|maxstartups|allowtcpforwarding|usedns)$/) tell(tolower($1), $2)
    next
  }
  FILENAME ~ /logind/ {
    if (match($0, /^[ \t]*(KillUserProcesses|KillExcludeUsers|KillOnlyUsers|RemoveIPC)[ \t]*=/)) {
      key = $0; sub(/[ \t]*=.*/, "", key); sub(/^[ \t]*/, "", key)
      value = $0; sub(/^[^=]*=[ \t]*/, "", value)
      tell(tolower(key), value)
    }
    next
  }
  $1 ~ /^[dDqQvexX]/ && ($2 == "/tmp" || $2 ~ /^\/tmp\// || $2 ~ /spark/) { tell("tmpfiles", $1 " " $2 " " ($6 == "" ? "-" : $6)) }
' $settings /dev/null
