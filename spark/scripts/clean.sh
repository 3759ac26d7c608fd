# clean.sh: removes temporary files of push-env, and nothing else.
#
# in:   in_left             their paths, one a line
# out:  nothing

IFS='
'
set -f # a name may look like a pattern
for file in $in_left; do
  case ${file##*/} in .*.sparkops-*-*-*) [ ! -f "$file" ] || rm -f "$file" "$file.old" ;; esac
done
