// The peer of the parse benchmark ships no types.
declare module 'parse-prometheus-text-format' {
  /** Families with their metrics; only called for its cost. */
  export default function parsePrometheusTextFormat(metrics: string): readonly object[]
}
