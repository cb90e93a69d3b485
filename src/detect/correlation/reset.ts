// Windows that begin anew whenever their condition fired (`siem.on_fire: reset`), so that each firing is of signals of its
// own. What was told before stays as it was told: a late signal neither undoes it nor makes it come twice.

export interface Reset {
  /** Asked at the times of signals, in their order: whether something fired since then, so that nothing before counts. */
  isBefore(time: number): boolean;
  /** The condition holds at the time: whether that is a firing. */
  fires(time: number): boolean;
}

export const noReset: Reset = { isBefore: () => false, fires: () => true };

/** `told` are the times of firings that were told before, in order. */
export function createReset(told: readonly number[], timespanMs: number): Reset {
  let next = 0;
  let fired = Number.POSITIVE_INFINITY;
  return {
    isBefore(time) {
      let isEmptied = fired < time;
      if (isEmptied) fired = Number.POSITIVE_INFINITY;
      for (; (told[next] ?? Number.POSITIVE_INFINITY) < time; next++) isEmptied = true;
      return isEmptied;
    },
    fires(time) {
      const after = told[next] ?? Number.POSITIVE_INFINITY;
      if (fired === time || after - time < timespanMs) return false;
      fired = time;
      return true;
    },
  };
}
