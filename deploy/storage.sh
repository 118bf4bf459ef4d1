#!/bin/sh
# storage.sh valkey|sentinel DATA NAME PORT [PRIMARY PORT]     start one storage server, or one sentinel
#
# The configuration is beside the data: a failover rewrites it, and the last primary must survive a restart, or an older
# copy would overwrite a newer one. Users and passwords are written at each start, from $KEYS (deploy/keys.sh). Without
# a password only PING is answered.
set -eu
kind=$1 data=$2 name=$3 port=$4
here=$(dirname "$0")
conf=$data/$kind.conf

key() {
  if ! [ -s "${KEYS:-}/$1" ]; then
    echo "storage.sh: there is no password in '${KEYS:-}/$1': run deploy/keys.sh, and name its directory in KEYS" >&2
    exit 1
  fi
  cat "$KEYS/$1"
}

# The rights of a storage server's users; what replicas and sentinels need is listed in Valkey's documentation of ACLs.
valkey_users() {
  web=$(key web) replica=$(key replica) sentinel=$(key sentinel)
  cat <<END
user default reset on nopass +ping
user web reset on >$web ~lb:* &lb:* +@all -@admin -@dangerous +client|unblock +info +bgrewriteaof
user replica reset on >$replica +ping +psync +replconf
user sentinel reset on >$sentinel &* +ping +info +role +multi +exec +subscribe +publish +replicaof +slaveof \
+config|rewrite +client|setname +client|kill +script|kill +failover
masteruser replica
masterauth $replica
END
}

sentinel_users() {
  web=$(key web) sentinel=$(key sentinel)
  cat <<END
user default reset on nopass +ping
user web reset on >$web +ping +hello +sentinel|masters +sentinel|master +sentinel|replicas +sentinel|slaves \
+sentinel|sentinels +sentinel|get-master-addr-by-name
user sentinel reset on >$sentinel allchannels +@all
sentinel auth-user mymaster sentinel
sentinel auth-pass mymaster $sentinel
sentinel sentinel-user sentinel
sentinel sentinel-pass $sentinel
END
}

umask 077
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
{
  grep -Ev '^(user|masteruser|masterauth|sentinel (auth|sentinel)-(user|pass)) ' "$conf"
  "${kind}_users"
} >"$conf.new"
mv "$conf.new" "$conf"
if [ "$kind" = sentinel ]; then
  exec valkey-server "$conf" --sentinel
fi
exec valkey-server "$conf"
