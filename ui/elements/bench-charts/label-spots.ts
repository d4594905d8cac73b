// Finds room for words on a drawing: of the places offered the first that is inside and overlaps nothing. Pure.

export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

const overlap = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left)) *
  Math.max(0, Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top))

const inside = (box: Box, frame: Box): boolean =>
  box.left >= frame.left &&
  box.top >= frame.top &&
  box.left + box.width <= frame.left + frame.width &&
  box.top + box.height <= frame.top + frame.height

/** The first box inside the frame that is clear of those taken; without one the least bad, moved inside. */
export function freeSpot(boxes: readonly Box[], taken: readonly Box[], frame: Box): Box {
  const covered = (box: Box): number => taken.reduce((sum, other) => sum + overlap(box, other), 0)
  const within = boxes.filter((box) => inside(box, frame))
  const [best] = (within.length > 0 ? within : boxes).toSorted((a, b) => covered(a) - covered(b))
  const box = best ?? { left: frame.left, top: frame.top, width: 0, height: 0 }
  return {
    ...box,
    left: Math.max(frame.left, Math.min(box.left, frame.left + frame.width - box.width)),
    top: Math.max(frame.top, Math.min(box.top, frame.top + frame.height - box.height))
  }
}
