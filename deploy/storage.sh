#!/bin/sh
# storage.sh valkey|sentinel DATA NAME PORT [PRIMARY PORT]     start one storage server, or one sentinel
#
# The configuration is beside the data: a failover rewrites it, and the last primary must survive a restart, or an older
# copy would overwrite a newer one.
set -eu
kind=$1 data=$2 name=$3 port=$4
here=$(dirname "$0")
conf=$data/$kind.conf
if ! [ -f "$conf" ]; then
  {
    cat "$here/$kind.conf"
    printf 'port %s\ndir %s\n' "$port" "$data"
    if [ "$kind" = valkey ]; then
      printf 'replica-announce-ip %s\nreplica-announce-port %s\n' "$name" "$port"
      [ $# -lt 6 ] || printf 'replicaof %s %s\n' "$5" "$6"
    fi
  } >"$conf.new"
  mv "$conf.new" "$conf"
fi
if [ "$kind" = sentinel ]; then
  exec valkey-server "$conf" --sentinel
fi
exec valkey-server "$conf"
