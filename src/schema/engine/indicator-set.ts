// The indicators of the record in hand: per p_any_ column its values, each once, sorted.

export class IndicatorSets {
  readonly columns: readonly string[];
  readonly #values: string[][];
  readonly #index: ReadonlyMap<string, number>;

  constructor(columns: readonly string[]) {
    this.columns = columns;
    this.#values = columns.map(() => []);
    this.#index = new Map(columns.map((column, index) => [column, index]));
  }

  clear(): void {
    for (const values of this.#values) if (values.length > 0) values.length = 0;
  }

  readonly add = (column: string, value: string): void => {
    const values = this.#values[this.#index.get(column) as number];
    if (values === undefined) return;
    const { length } = values;
    let at = length;
    while (at > 0 && (values[at - 1] as string) >= value) at--;
    if (at < length && values[at] === value) return;
    // Nearly always at the end, and among few: `splice` would make an array of what it takes out.
    values.push(value);
    for (let from = length; from > at; from--) values[from] = values[from - 1] as string;
    values[at] = value;
  };

  at(index: number): readonly string[] {
    return this.#values[index] as readonly string[];
  }

  /** undefined where there are none, as events leave the field out then. */
  copy(index: number): string[] | undefined {
    const values = this.#values[index] as string[];
    return values.length === 0 ? undefined : values.slice();
  }
}
