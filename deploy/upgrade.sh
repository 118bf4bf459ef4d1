#!/bin/sh
# upgrade.sh     replaces the web containers by those of the current image, while the night goes on
#
# First as many new containers are started as there are old ones, and nginx is told of them once they are healthy. Then
# the old ones stop, one at a time: each sends its readers away, who connect to another one and catch up. If a new
# container does not get healthy, the new ones are removed and everything stays as it was.
#
# Run it where docker-compose.yml is, after `docker compose build` (or `pull`).
set -eu
compose() { docker compose "$@"; }
reload() { compose exec -T nginx nginx -s reload; }
web() { compose ps -q web | sort; }

old=$(web)
count=$(printf '%s\n' "$old" | grep -c .) || {
  echo "upgrade.sh: no web container is running; start them with: docker compose up -d" >&2
  exit 1
}
if ! compose up -d --no-deps --no-recreate --no-build --wait --wait-timeout 120 --scale web=$((count * 2)) web; then
  echo "upgrade.sh: a new container does not answer; its log:" >&2
  for each in $(web); do
    case "$old" in
      *"$each"*) ;;
      *) docker logs --tail 20 "$each" >&2; docker rm --force "$each" >/dev/null ;;
    esac
  done
  exit 1
fi
reload
for each in $old; do
  docker stop "$each" >/dev/null
  docker rm "$each" >/dev/null
  reload
done
echo "upgraded: $count web containers"
