#!/usr/bin/env bash
# Makes sure that this machine has what the tests on real hosts need, and installs what it may.
# arg: bench: also the tools that the benchmarks compare with
# in:  CI (true: what is missing is a failure); XDG_CACHE_HOME
# out: exit 0 all is there; exit 3 something is missing and was named, so nothing is tested; exit 1 as 3, in CI
set -euo pipefail
cd "$(dirname "$0")"

missing() {
	echo "e2e: NOT TESTED on real hosts: $*" >&2
	if [ "${CI:-}" = true ]; then exit 1; fi
	exit 3
}

# program:package of Debian, or file:package; what is not found is installed by its package.
needed=(sshd:openssh-server ssh:openssh-client ip:iproute2 nsenter:util-linux setpriv:util-linux ps:procps
	hostname:hostname java:openjdk-17-jdk-headless javac:openjdk-17-jdk-headless /usr/bin/python3:python3 pip:python3-pip
	tcsh:tcsh fish:fish ssh-copy-id:openssh-client setfacl:acl)
if [ "${1:-}" = bench ]; then needed+=(pdcp:pdsh clush:clustershell parallel-scp:pssh); fi

# The same of single tests, which are skipped without: Kerberos, PKCS#11 and FIDO tokens in software, sudo, a quota,
# a clock that is wrong.
needed_by_some=(krb5kdc:krb5-kdc kadmin.local:krb5-admin-server kinit:krb5-user softhsm2-util:softhsm2
	sudo:sudo mkfs.btrfs:btrfs-progs faketime:faketime /usr/lib/softhsm/libsofthsm2.so:libsofthsm2 /usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so:openssh-tests)

there() {
	case $1 in
	/*) [ -e "$1" ] ;;
	pip) python3 -m pip --version >/dev/null 2>&1 ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

packages() { # PROGRAM:PACKAGE... -> the packages of those that are not there
	local entry
	for entry; do there "${entry%%:*}" || echo "${entry#*:}"; done | sort -u
}

# Installs what is not there; why says what is in the way.
install_packages() { # PROGRAM:PACKAGE...
	local lacking
	mapfile -t lacking < <(packages "$@")
	if [ ${#lacking[@]} -eq 0 ]; then return; fi
	why="no apt-get to install ${lacking[*]}"
	command -v apt-get >/dev/null || return 1
	echo "e2e: installing ${lacking[*]}"
	export DEBIAN_FRONTEND=noninteractive
	why="apt-get update"
	apt-get update -qq </dev/null || return 1
	why="installing ${lacking[*]}"
	apt-get install -y -qq --no-install-recommends "${lacking[@]}" </dev/null >/dev/null || return 1
	mapfile -t lacking < <(packages "$@")
	why="still without ${lacking[*]}"
	[ ${#lacking[@]} -eq 0 ]
}

java_version() {
	local major
	major=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')
	[ "${major:-0}" -ge 17 ] || missing "java is version ${major:-unknown}, spark 4 needs 17 or later"
}

# Unpacks a release of Spark once. A directory of that name is whole: it got its name last.
unpack_spark() { # VERSION
	local cache=${XDG_CACHE_HOME:-$HOME/.cache}/sparkops whole part
	whole=$cache/spark-$1
	if [ -d "$whole" ]; then return; fi
	mkdir -p "$cache"
	part=$(mktemp -d "$cache/.spark-$1.XXXXXX")
	# shellcheck disable=SC2064 # the name as it is now
	trap "rm -rf '$part'" EXIT
	echo "e2e: fetching pyspark $1"
	python3 -m pip install --quiet --no-deps --no-compile --target "$part" "pyspark==$1" </dev/null ||
		missing "pip install pyspark==$1"
	chmod 755 "$part"
	# Somebody else may have been faster; theirs is as good.
	mv -T "$part" "$whole" 2>/dev/null || [ -d "$whole" ]
}

[ "$(uname)" = Linux ] || missing "hosts are Linux namespaces"
[ "$(id -u)" = 0 ] || missing "hosts need root"
install_packages "${needed[@]}" || missing "$why"
java_version
unshare --mount --net --pid --uts --ipc --fork true 2>/dev/null || missing "this machine allows no new namespaces"
grep -qw overlay /proc/filesystems || missing "this kernel has no overlay file system"
while read -r version; do unpack_spark "$version"; done <spark-versions.txt
install_packages "${needed_by_some[@]}" || {
	echo "e2e: NOT TESTED in some parts: $why" >&2
	[ "${CI:-}" != true ]
}
