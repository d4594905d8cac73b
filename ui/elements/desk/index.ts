// Public face of the elements for the desk: workbench and console.

export { type Bar, NsBars } from './bars.ts'
export { type NavGroup, type NavItem, NsDeskFrame } from './desk-frame.ts'
export { type Choice, NsField } from './field.ts'
export { type KeyHelp, NsHelpDialog } from './help-dialog.ts'
export { NsRolloutRail, type RailSegment } from './rollout-rail.ts'
export { NsSearchDialog, type SearchHit } from './search-dialog.ts'
export { NsShareBar, type Share } from './share-bar.ts'
export { NsSquares, type Square } from './squares.ts'
export { type Column, NsTable } from './table.ts'
export { type CellValue, type Order, orderRows } from './table-order.ts'
export { NsVirtualList } from './virtual-list.ts'
