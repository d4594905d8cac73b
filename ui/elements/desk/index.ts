// Public face of the elements for the desk: workbench and console.

export { type NavGroup, type NavItem, NsDeskFrame } from './desk-frame.ts'
export { type Column, NsTable } from './table.ts'
export { type CellValue, type Order, orderRows } from './table-order.ts'
