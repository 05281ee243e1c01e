// In which formats and schemas boards can be written.

export const FORMATS = ['json', 'configmap', 'grafana-operator'] as const
export type Format = (typeof FORMATS)[number]

export const SCHEMAS = ['v1', 'v2'] as const
export type Schema = (typeof SCHEMAS)[number]
