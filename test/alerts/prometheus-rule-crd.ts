// The kind PrometheusRule, for API servers without the operator.

/** As the operator declares it, without the many fields that we have no use for. */
export const PROMETHEUS_RULE_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'prometheusrules.monitoring.coreos.com' },
  spec: {
    group: 'monitoring.coreos.com',
    scope: 'Namespaced',
    names: {
      kind: 'PrometheusRule',
      listKind: 'PrometheusRuleList',
      plural: 'prometheusrules',
      singular: 'prometheusrule',
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                properties: {
                  groups: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: {
                      type: 'object',
                      required: ['name'],
                      properties: {
                        name: { type: 'string', minLength: 1 },
                        interval: { type: 'string' },
                        rules: {
                          type: 'array',
                          items: {
                            type: 'object',
                            required: ['expr'],
                            properties: {
                              alert: { type: 'string' },
                              record: { type: 'string' },
                              expr: { 'x-kubernetes-int-or-string': true },
                              for: { type: 'string' },
                              keep_firing_for: { type: 'string' },
                              labels: { type: 'object', additionalProperties: { type: 'string' } },
                              annotations: { type: 'object', additionalProperties: { type: 'string' } },
                            },
                          },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
}
