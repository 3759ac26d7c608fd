# json.sh: reads a web page from this host itself, for where the SSH server forwards nothing.
# curl, wget or bash's own /dev/tcp, whichever is here.
#
# in:   in_address          host:port
#       in_path             /json/
# out:  the body of the answer; exit status 1 if there was none

if command -v curl >/dev/null; then
  exec curl -fsSLk --max-time 10 "http://$in_address$in_path"
elif command -v wget >/dev/null; then
  exec wget -q -T 10 -O - --no-check-certificate "http://$in_address$in_path"
fi
exec bash -c 'exec 3<>"/dev/tcp/${1%:*}/${1##*:}" || exit 1
  printf "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" "$2" "$1" >&3
  while IFS= read -r -t 10 line <&3 && [ "$line" != $'\''\r'\'' ]; do :; done
  cat <&3' bash "$in_address" "$in_path"
