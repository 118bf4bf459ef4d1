#!/bin/sh
# upgrade.sh     replaces the web containers by those of the current image, while the night goes on
#
# First as many new containers are started as there are old ones, and nginx is told of them once they are healthy. Then
# the old ones stop, one at a time: each sends its readers away, who connect to another one and catch up. If a new
# container does not get healthy, or the script is interrupted before, the new ones are removed and everything stays as
# it was. Old ones may be ill: that is often why there is a new version.
#
# Run it where docker-compose.yml is, after `docker compose build` (or `pull`).
set -eu
compose() { docker compose "$@"; }
reload() { compose exec -T nginx nginx -s reload; }
web() { compose ps -q web | sort; }
lines() { printf '%s\n' "$1" | grep -c . || true; }

fresh() {
  for each in $(web); do
    case "$old" in
      *"$each"*) ;;
      *) printf '%s\n' "$each" ;;
    esac
  done
}

undo() {
  trap '' INT TERM HUP
  echo "upgrade.sh: $1; the new containers are removed" >&2
  for each in $(fresh); do
    docker logs --tail 20 "$each" >&2 || true
    docker rm --force "$each" >/dev/null
  done
  exit 1
}

# Whether all new containers are healthy, within 120 s. One that Docker had to start again is not.
healthy() {
  for _ in $(seq 120); do
    new=$(fresh)
    told=$(docker inspect --format '{{.State.Health.Status}} {{.RestartCount}}' $new) || return 1
    [ "$(printf '%s\n' "$told" | grep -cx 'healthy 0')" -lt "$count" ] || return 0
    ! printf '%s\n' "$told" | grep -Eq 'unhealthy| [1-9]' || return 1
    sleep 1
  done
  return 1
}

count=$(lines "$(web)")
if [ "$count" = 0 ]; then
  echo "upgrade.sh: no web container is running; start them with: docker compose up -d" >&2
  exit 1
fi
compose rm --force web >/dev/null 2>&1 # those that are stopped have the old version, and `up` would start them
old=$(web)
trap 'undo interrupted' INT TERM HUP
wanted=$((count + $(lines "$old")))
compose up -d --no-deps --no-recreate --no-build --scale web=$wanted web || undo "they do not start"
healthy || undo "a new container does not answer"
trap - INT TERM HUP
reload
for each in $old; do
  docker stop "$each" >/dev/null
  docker rm "$each" >/dev/null
  reload
done
echo "upgraded: $count web containers"
