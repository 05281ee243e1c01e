// A CRD with everything in it that the server treats in a way of its own.

export const BOAT_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'boats.conformance.test' },
  spec: {
    group: 'conformance.test',
    scope: 'Namespaced',
    names: { kind: 'Boat', plural: 'boats', singular: 'boat', listKind: 'BoatList', shortNames: ['bt'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.crew',
            statusReplicasPath: '.status.aboard',
            labelSelectorPath: '.status.selector',
          },
        },
        additionalPrinterColumns: [
          { name: 'Hull', type: 'string', jsonPath: '.spec.hull' },
          { name: 'Crew', type: 'integer', jsonPath: '.spec.crew' },
          { name: 'Afloat', type: 'string', jsonPath: '.status.conditions[?(@.type=="Afloat")].status' },
          { name: 'Launched', type: 'date', jsonPath: '.status.launched', priority: 1 },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['hull'],
                properties: {
                  hull: { type: 'string', enum: ['steel', 'wood'] },
                  name: { type: 'string', minLength: 2, maxLength: 8, pattern: '^[a-z]+$' },
                  crew: { type: 'integer', minimum: 0, maximum: 9, default: 2 },
                  port: { 'x-kubernetes-int-or-string': true },
                  owner: { type: 'string', nullable: true },
                  built: { type: 'string', format: 'date-time' },
                  engine: {
                    type: 'object',
                    default: {},
                    properties: { power: { type: 'string', default: 'wind' }, hours: { type: 'integer' } },
                  },
                  cargo: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                  flags: { type: 'object', additionalProperties: { type: 'string' } },
                  masts: {
                    type: 'array',
                    minItems: 1,
                    items: { type: 'object', properties: { height: { type: 'number' } } },
                  },
                  cabins: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['deck'],
                    items: {
                      type: 'object',
                      required: ['deck'],
                      properties: { deck: { type: 'string' }, beds: { type: 'integer' }, view: { type: 'string' } },
                    },
                  },
                },
              },
              status: {
                type: 'object',
                properties: {
                  aboard: { type: 'integer' },
                  selector: { type: 'string' },
                  launched: { type: 'string', format: 'date-time' },
                  conditions: {
                    type: 'array',
                    items: { type: 'object', properties: { type: { type: 'string' }, status: { type: 'string' } } },
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
