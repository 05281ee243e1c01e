// prometheus/node_exporter: the sockets, descriptors and processors of a node, or of the network namespace it runs in.
import type { Recipe } from '../recipe.ts'

/** 32768 to 60999, the kernel's default of net.ipv4.ip_local_port_range. */
const DEFAULT_PORTS = 28_232

export const NODE: readonly Recipe[] = [
  {
    kind: 'usage',
    resource: 'sockets',
    label: 'TIME_WAIT',
    says: 'ephemeral ports are in TIME_WAIT',
    used: { metric: 'node_sockstat_TCP_tw' },
    max: [
      // With --collector.sysctl.include=net.ipv4.ip_local_port_range:min,max.
      {
        first: { metric: 'node_sysctl_net_ipv4_ip_local_port_range_min' },
        last: { metric: 'node_sysctl_net_ipv4_ip_local_port_range_max' },
      },
      { assumed: DEFAULT_PORTS, because: 'net.ipv4.ip_local_port_range is not exposed: its default is taken' },
    ],
    pace: { of: { metric: 'node_netstat_Tcp_ActiveOpens' }, says: 'connections are opened a second' },
    restsSeconds: 60,
  },
  {
    kind: 'usage',
    resource: 'sockets',
    label: 'tracked connections',
    says: 'connections are tracked by the firewall',
    used: { metric: 'node_nf_conntrack_entries' },
    max: [{ metric: 'node_nf_conntrack_entries_limit' }],
  },
  {
    kind: 'usage',
    resource: 'fileDescriptors',
    label: 'of the node',
    says: 'file descriptors of the node are open',
    used: { metric: 'node_filefd_allocated' },
    max: [{ metric: 'node_filefd_maximum' }],
  },
  { kind: 'idle', resource: 'cpu', idleSeconds: { metric: 'node_cpu_seconds_total', match: { mode: 'idle' } } },
]
