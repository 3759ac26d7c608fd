#!/usr/bin/env bash
# Turns the new namespaces it is started in into a host, and stays as the first process of that host.
# in:  HOST_NAME, HOST_ADDRESS (with prefix length), HOSTS_FILE, SPARK_FROM (an unpacked Spark),
#      TOOLS (a directory that appears as /opt/sparkops), AUTHORIZED_KEY;
#      standard input: a line once the network device eth0 is there, then a pipe that stays open as long
#      as the host is wanted. Its end ends this process, and with it all others of the host.
# out: "ready" on standard output once sshd answers
set -euo pipefail

overlay() { # LOWER MOUNTPOINT: the same files, but what is written stays with this host
	mkdir -p "/mnt/disk$2/upper" "/mnt/disk$2/work"
	mount -t overlay overlay -o "lowerdir=$1,upperdir=/mnt/disk$2/upper,workdir=/mnt/disk$2/work" "$2"
}

files() {
	mount --make-rprivate /
	mount -t proc proc /proc
	mount -t tmpfs -o mode=755 disk /mnt
	local hosts
	hosts=$(<"$HOSTS_FILE")
	mkdir -p /mnt/tools /mnt/spark
	mount --bind "$TOOLS" /mnt/tools
	mount --bind "$SPARK_FROM" /mnt/spark
	overlay /etc /etc
	overlay /opt /opt
	overlay /srv /srv
	overlay /var /var
	mount -t tmpfs -o mode=1777 tmp /tmp
	mount -t tmpfs -o mode=755 home /home
	mount -t tmpfs -o mode=755 run /run
	mkdir -p /opt/sparkops /opt/spark
	mount --bind /mnt/tools /opt/sparkops
	overlay /mnt/spark /opt/spark
	printf '%s\n' "$hosts" >/etc/hosts
	printf '%s\n' "$HOST_NAME" >/etc/hostname
	hostname "$HOST_NAME"
}

user() {
	echo 'spark:x:1500:1500:Spark:/home/spark:/bin/bash' >>/etc/passwd
	echo 'spark:x:1500:' >>/etc/group
	echo 'spark:*:19000:0:99999:7:::' >>/etc/shadow
	mkdir -p /home/spark/.ssh
	chmod 700 /home/spark /home/spark/.ssh
	printf '%s\n' "$AUTHORIZED_KEY" >/home/spark/.ssh/authorized_keys
	chown -R 1500:1500 /home/spark
	chown 1500:1500 /opt/spark
}

network() {
	read -r _
	ip link set lo up
	ip addr add "$HOST_ADDRESS" dev eth0
	ip link set eth0 up
}

server() {
	rm -f /etc/ssh/ssh_host_*
	ssh-keygen -q -t ed25519 -N '' -C "$HOST_NAME" -f /etc/ssh/ssh_host_ed25519_key
	mkdir -p /run/sshd
	"$(command -v sshd)" </dev/null >/dev/null 2>&1
	for _ in {1..100}; do
		if (: <"/dev/tcp/127.0.0.1/22") 2>/dev/null; then return; fi
		sleep 0.05
	done
	echo "sshd of $HOST_NAME does not answer" >&2
	return 1
}

files
user
network
server
echo ready
# Reading keeps this shell alive and lets it reap what daemons leave behind: as the
# first process it inherits every orphan of the host.
while read -r _; do :; done
