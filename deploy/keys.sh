#!/bin/sh
# keys.sh DIR SENTINEL:PORT...     make the passwords of storage in DIR, once; those that are there stay
#
# Each of the three users has the rights that it needs and no others (deploy/storage.sh). Web processes read the whole
# address, with the password, from DIR/storage-url (LIVEBLOG_REDIS_URL_FILE). The files have no secrets from whoever may
# read DIR, so only the containers that need them get it.
set -eu
dir=$1
shift

# put NAME: standard input, whole or not at all
put() {
  cat >"$dir/.new"
  mv "$dir/.new" "$dir/$1"
}

word() { head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

umask 022
for user in web replica sentinel; do
  [ -s "$dir/$user" ] || word | put "$user"
done
sentinels=$(printf '%s,' "$@")
password=$(cat "$dir/web")
printf 'redis+sentinel://web:%s@%s/mymaster?sentinel_username=web&sentinel_password=%s\n' \
  "$password" "${sentinels%,}" "$password" | put storage-url
