// A map over an async sequence that works ahead and keeps the order.

/** Up to `ahead` calls of `map` run at once; their results come in the order of the input. Input is taken only when a
 *  place is free, so whoever is slow slows down what is before it. */
export async function* inOrder<In, Out>(
  input: AsyncIterable<In>,
  ahead: number,
  map: (item: In) => Promise<Out> | Out,
): AsyncGenerator<Out, void, void> {
  const items = input[Symbol.asyncIterator]();
  const begun: Promise<Out>[] = [];
  let next: Promise<IteratorResult<In>> | undefined;
  let ended = false;
  try {
    while (!ended || begun.length > 0) {
      if (!ended && begun.length < ahead) {
        next ??= items.next();
        const oldest = begun[0];
        const first = oldest === undefined ? await next : await Promise.race([next, oldest.then(() => undefined)]);
        if (first !== undefined) {
          next = undefined;
          if (first.done === true) {
            ended = true;
          } else {
            const result = Promise.resolve(map(first.value));
            // Its failure is thrown when its turn comes; until then it is not "unhandled".
            result.catch(() => undefined);
            begun.push(result);
          }
          continue;
        }
      }
      yield await (begun.shift() as Promise<Out>);
    }
  } finally {
    await items.return?.();
  }
}
