#!/usr/bin/env bash
# Makes sure that the programs are there which the tests hold sparkops against: OpenSSH and the
# shells that hosts have. Installs what it may; a test without its program says so, in CI it fails.
# in: nothing; out: exit 0
set -uo pipefail

# program:package of Debian.
needed=(ssh:openssh-client sshd:openssh-server bash:bash dash:dash busybox:busybox mawk:mawk gawk:gawk zsh:zsh tcsh:tcsh fish:fish
	setsid:util-linux flock:util-linux script:bsdutils patch:patch)

mapfile -t lacking < <(for entry in "${needed[@]}"; do
	command -v "${entry%%:*}" >/dev/null || echo "${entry#*:}"
done | sort -u)
if [ ${#lacking[@]} -eq 0 ]; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "tools: cannot install ${lacking[*]}: what needs them is NOT TESTED" >&2
	exit 0
fi
echo "tools: installing ${lacking[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq </dev/null &&
	apt-get install -y -qq --no-install-recommends "${lacking[@]}" </dev/null >/dev/null ||
	echo "tools: could not install ${lacking[*]}: what needs them is NOT TESTED" >&2
