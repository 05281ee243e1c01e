// redis_exporter, the exporters of nginx, HAProxy and uWSGI, and celery-exporter: caches, proxies and workers.
import type { Recipe } from '../recipe.ts'

export const REDIS: readonly Recipe[] = [
  {
    kind: 'hits',
    resource: 'cache',
    hits: { metric: 'redis_keyspace_hits_total' },
    misses: { metric: 'redis_keyspace_misses_total' },
    pressure: [{ of: { metric: 'redis_evicted_keys_total' }, says: 'keys are evicted a second' }],
  },
  {
    kind: 'usage',
    resource: 'sockets',
    label: 'clients of Redis',
    says: 'clients of Redis are connected',
    used: { metric: 'redis_connected_clients' },
    max: [{ metric: 'redis_config_maxclients' }, { metric: 'redis_max_clients' }],
  },
]

export const NGINX: readonly Recipe[] = [
  {
    kind: 'dropped',
    resource: 'sockets',
    came: { metric: 'nginx_connections_accepted' },
    taken: { metric: 'nginx_connections_handled' },
    says: 'of the connections are dropped by nginx, for want of worker_connections or descriptors',
  },
]

/** HAProxy itself names the backend `proxy`, haproxy_exporter `backend`. */
const sessionsBy = (label: 'proxy' | 'backend'): Recipe => {
  const by = (metric: string) => ({ metric, match: { [label]: '.+' }, by: label })
  return {
    kind: 'usage',
    resource: 'workers',
    label: 'sessions of a backend',
    says: 'sessions of this backend of HAProxy are taken',
    used: by('haproxy_server_current_sessions'),
    max: [by('haproxy_server_limit_sessions')],
    waiting: [{ of: by('haproxy_backend_current_queue'), says: 'requests wait for a server' }],
  }
}

export const HAPROXY: readonly Recipe[] = [
  {
    kind: 'usage',
    resource: 'sockets',
    label: 'connections of HAProxy',
    says: 'connections of HAProxy are open',
    used: { metric: 'haproxy_process_current_connections' },
    max: [{ metric: 'haproxy_process_max_connections' }],
  },
  sessionsBy('proxy'),
  sessionsBy('backend'),
]

export const UWSGI: readonly Recipe[] = [
  {
    kind: 'usage',
    resource: 'workers',
    says: 'workers of uWSGI are busy',
    used: { metric: 'uwsgi_worker_busy' },
    max: [{ metric: 'uwsgi_worker_busy', how: 'count' }],
    waiting: [{ of: { metric: 'uwsgi_listen_queue_length' }, says: 'connections wait for a worker' }],
  },
]

export const CELERY: readonly Recipe[] = [
  {
    kind: 'usage',
    resource: 'workers',
    says: 'processes of Celery workers are busy',
    used: { metric: 'celery_worker_tasks_active' },
    max: [{ metric: 'celery_active_process_count' }],
  },
]
