#!/usr/bin/env bash
# Installs this checkout as an appliance: /opt/nearside, a user of its own, a systemd unit. Run as root.
# What of this has been run: the script was checked with `bash -n`; it has not run on a Jetson yet.
set -euo pipefail

[ "$(id -u)" = 0 ] || { echo 'Run this as root: sudo jetpack/install.sh' >&2; exit 2; }
source_folder=$(cd "$(dirname "$0")/.." && pwd)

id nearside >/dev/null 2>&1 || useradd --system --home-dir /var/lib/nearside --create-home nearside
mkdir -p /opt/nearside
tar -C "$source_folder" --exclude .git --exclude .nearside --exclude node_modules -cf - . | tar -C /opt/nearside -xf -
(cd /opt/nearside && npm ci --no-audit --no-fund && node -e "import('./bin/setup.mjs').then((m) => m.ensureReady({ ui: true }))")
install -m 644 "$source_folder/jetpack/nearside-device.service" /etc/systemd/system/nearside-device.service
systemctl daemon-reload
systemctl enable --now nearside-device.service
echo 'The device agent runs: http://127.0.0.1:8080/'
