// API keys, and the port to where they are kept. A key is a secret: only its hash is stored.

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** What it may do. */
  readonly scopes: readonly string[];
  /** Epoch ms, as are the others. */
  readonly created: number;
  /** To the minute. */
  readonly lastUsed?: number;
  /** Never where absent. */
  readonly expires?: number;
}

export interface ApiKeys {
  /** The full key is given once. */
  create(
    name: string,
    scopes: readonly string[],
    expires?: number,
  ): Promise<{ readonly key: string; readonly apiKey: ApiKey }>;
  /** undefined: unknown, revoked or expired. */
  verify(key: string): Promise<ApiKey | undefined>;
  list(): Promise<readonly ApiKey[]>;
  /** false: there is no such key. */
  revoke(id: string): Promise<boolean>;
}
