// Text in columns, as kubectl prints it.

/** Pads each cell to its column's widest; the last column stays as it is. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widest = (index: number) => Math.max(...rows.map((row) => row[index]?.length ?? 0))
  const widths = Array.from({ length: Math.max(0, ...rows.map((row) => row.length)) }, (_, index) => widest(index))
  const pad = (row: readonly string[]) => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('   ')
  return rows.map((row) => pad(row).trimEnd())
}
