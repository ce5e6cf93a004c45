import type { ReadProgramme } from './model.ts'

/** The programme with all its times moved. */
export function shiftProgramme(programme: ReadProgramme, shiftMs: number): ReadProgramme {
  if (shiftMs === 0) return programme
  const { again } = programme
  return { ...programme, ...shifted(programme, shiftMs), ...(again && { again: shifted(again, shiftMs) }) }
}

function shifted({ startMs, stopMs }: NonNullable<ReadProgramme['again']>, shiftMs: number) {
  return { startMs: startMs + shiftMs, stopMs: stopMs === undefined ? undefined : stopMs + shiftMs }
}
