# facts-tables.sh: one awk for all files with lines to pick out, the kernel's and the system's.
# Needs facts.sh. The families add to it; facts-end.sh has it read.
#
# out:  records of kind mount, and those of the families

# table FILE...: those that can be read are for the awk. No name has a blank.
table() { for table_file; do [ ! -r "$table_file" ] || table_files="$table_files $table_file"; done; }
table_files='' table_names=''

# Rules for a file begin with its FILENAME and end with next. What is to be done for the shell
# goes into held.
tables='
  BEGIN { names = ENVIRON["table_names"]; wanted = ENVIRON["wanted"]; paths = split(ENVIRON["reals"], real, "\n") }
  FILENAME == "/proc/mounts" {
    gsub(/\\040/, " ", $2)
    at[++mounts] = $2; type[mounts] = $3; read_only[mounts] = ("," $4 ",") ~ /,ro,/
    next
  }
  function mount(path,  i, best, slash) {
    for (i = 1; i <= mounts; i++) {
      slash = at[i] == "/" ? "/" : at[i] "/"
      if (index(path "/", slash) == 1 && (!best || length(at[i]) >= length(at[best]))) best = i
    }
    if (best) print "kind=mount\nreal=" path "\nmount=" at[best] "\ntype=" type[best] "\nread_only=" (read_only[best] ? "yes" : "no") "\n"
  }
'
table /proc/mounts

# read_tables: sets held, and account where the login is one of /etc/passwd.
read_tables() {
  tables=$tables'END { for (i = 1; i < paths; i++) mount(real[i]); print "account:" account "\nheld:" held }'
  tell
  table_records=$(table_names=" $table_names " wanted=$wanted reals=$reals login_id=$login_id LC_ALL=C awk "$tables" $table_files)
  case $table_records in
    *account:*held:*)
      printf '%s\n' "${table_records%account:*}"
      held=${table_records##*held:} account=${table_records##*account:} account=${account%%"$nl"*} ;;
    *)
      printf '%s\n' "$table_records"
      held='' account=''
      unseen "the kernel's tables" 'awk did not read them to their end' ;;
  esac
}
