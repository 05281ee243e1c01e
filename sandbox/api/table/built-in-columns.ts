// The columns that kube-apiserver prints for the built-in kinds.
import type { Column } from './column.ts'

export const BUILT_IN_COLUMNS: Readonly<Record<string, readonly Column[]>> = {}
