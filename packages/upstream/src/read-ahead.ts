/**
 * Reads ahead while the reader is busy, up to `maxBytes`; then the source waits. Order is kept,
 * including an error: all pieces before it come first. Pieces that are not bytes cost nothing.
 */
export async function* readAhead<Piece>(source: AsyncGenerator<Piece>, maxBytes: number): AsyncGenerator<Piece> {
  const queue: Piece[] = []
  let bytes = 0
  let over = false
  let failure: { readonly error: unknown } | undefined
  let arrived = Promise.withResolvers<void>()
  let taken = Promise.withResolvers<void>()

  const pump = async (): Promise<void> => {
    try {
      for await (const piece of source) {
        queue.push(piece)
        bytes += bytesOf(piece)
        arrived.resolve()
        while (bytes >= maxBytes && !over) await taken.promise
        if (over) return
      }
    } catch (error) {
      failure = { error }
    }
    over = true
    arrived.resolve()
  }
  const pumping = pump()

  try {
    for (;;) {
      const piece = queue.shift()
      if (piece !== undefined) {
        bytes -= bytesOf(piece)
        taken.resolve()
        taken = Promise.withResolvers()
        yield piece
      } else if (over) {
        if (failure !== undefined) throw failure.error
        return
      } else {
        await arrived.promise
        arrived = Promise.withResolvers()
      }
    }
  } finally {
    over = true
    taken.resolve()
    await pumping
  }
}

function bytesOf(piece: unknown): number {
  return Buffer.isBuffer(piece) ? piece.length : 0
}
