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
    let at = values.length;
    while (at > 0 && (values[at - 1] as string) >= value) at--;
    if (values[at] !== value) values.splice(at, 0, value);
  };

  at(index: number): readonly string[] {
    return this.#values[index] as readonly string[];
  }

  /** undefined where there are none, as events leave the field out then. */
  copy(index: number): string[] | undefined {
    const values = this.#values[index] as string[];
    return values.length === 0 ? undefined : values.slice();
  }

  values(column: string): readonly string[] | undefined {
    const index = this.#index.get(column);
    return index === undefined ? undefined : this.copy(index);
  }
}
