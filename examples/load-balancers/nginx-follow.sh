#!/bin/sh
# Keeps the servers of an nginx upstream as Evenkeel says, and has nginx reload when they change. It needs curl.
#   nginx-follow.sh 'http://evenkeel-probes.evenkeel:8017/services/shop/web?as=nginx' /etc/nginx/web.servers
# When Evenkeel doesn't answer, the last file stays. NGINX is the command to reload with; default: nginx.
set -eu
url=$1
file=$2

while sleep "${EVERY:-1}"; do
  curl --fail --silent --max-time 2 --output "$file.new" "$url" || continue
  cmp --quiet "$file.new" "$file" && continue
  cp "$file" "$file.last"
  mv "$file.new" "$file"
  # shellcheck disable=SC2086 # NGINX may have arguments.
  if ${NGINX:-nginx} -t -q; then ${NGINX:-nginx} -s reload; else mv "$file.last" "$file"; fi
done
