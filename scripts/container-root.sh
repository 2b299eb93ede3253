#!/usr/bin/env bash
# Within namespaces of its own (container.sh): a root file system that holds the program, the C library and OpenSSL, all
# read-only but the data and two small memory file systems; then the service as nobody in particular, and one certificate.
# usage: container-root.sh APP
set -euo pipefail

app="$1"
id=65532
root="$(mktemp -d)"
mount -t tmpfs -o mode=0755,size=16m root "$root"
mkdir -p "$root"/{app,usr,etc,proc,dev,tmp,run/meshca,var/lib/meshca,etc/ssl}
for link in bin lib lib64; do
  [[ -e "/$link" ]] && ln -s "usr/$link" "$root/$link"
done
bind() { mount --bind "$1" "$root/$2" && mount -o remount,bind,ro,nosuid,nodev "$root/$2"; }
bind "$app" app
bind /usr usr
bind /etc/ssl etc/ssl
printf 'root:x:0:0::/:/bin/false\nmeshca:x:%d:%d::/:/bin/false\n' "$id" "$id" >"$root/etc/passwd"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
printf 'hosts: files\n' >"$root/etc/nsswitch.conf"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
for device in null zero random urandom; do
  touch "$root/dev/$device" && mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t tmpfs -o "mode=0700,uid=$id,gid=$id,size=64m,nosuid,nodev,noexec" tmp "$root/tmp"
mount -t tmpfs -o "mode=0755,uid=$id,gid=$id,size=1m,nosuid,nodev,noexec" run "$root/run/meshca"
mount -t tmpfs -o "mode=0700,uid=$id,gid=$id,size=256m,nosuid,nodev,noexec" data "$root/var/lib/meshca"
cat >"$root/check.sh" <<'CHECK'
set -eu
say() { printf '%s\n' "$*"; }
say "uid $(id -u), gid $(id -g), capabilities $(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status), seccomp $(sed -n 's/^NoNewPrivs:[[:space:]]*/no-new-privs /p' /proc/self/status)"
if (: >/here) 2>/dev/null || (: >/app/here) 2>/dev/null || (: >/etc/here) 2>/dev/null; then
  say "the root can be written to"; exit 1
fi
say "the root is read-only"
export DOTNET_EnableDiagnostics=0 TMPDIR=/tmp HOME=/tmp DOTNET_gcServer=0
cd /tmp
/app/meshca serve --dev --data /var/lib/meshca/store --set Server:AdminSocket=/run/meshca/admin/admin.sock >/tmp/serve.out 2>/tmp/serve.err &
service=$!
tries=0
until /app/meshca bundle show >/tmp/roots.pem 2>/dev/null; do
  tries=$((tries + 1))
  if [ "$tries" -gt 240 ] || ! kill -0 "$service" 2>/dev/null; then cat /tmp/serve.out /tmp/serve.err; exit 1; fi
  sleep 0.25
done
say "it serves"
/app/meshca token mint --data /var/lib/meshca/store --namespace shop --service-account web >/tmp/web.token
/app/meshca cert request --roots /tmp/roots.pem --token /tmp/web.token --out /tmp/web
/app/meshca authority list --socket /run/meshca/admin/admin.sock >/dev/null
say "it issued one certificate, and is administered over its socket"
kill -TERM "$service"
wait "$service"
say "it ended with 0 on SIGTERM"
/app/meshca audit verify --data /var/lib/meshca/store | head -n 1
CHECK
mount -o remount,ro "$root"

# The network namespace is new too: all that there is, is loopback.
ip link set lo up 2>/dev/null || python3 -c '
import fcntl, socket, struct
s = socket.socket()
fcntl.ioctl(s, 0x8914, struct.pack("16sh", b"lo", 0x49))'
exec chroot "$root" /usr/bin/setpriv --reuid "$id" --regid "$id" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
  /usr/bin/env -i PATH=/usr/bin:/bin /bin/sh /check.sh
