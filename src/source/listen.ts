// Addresses to listen on, as people write them.

/** `host:port`, `[::1]:port`, or a port, which means 127.0.0.1. undefined: none of these. */
export function parseListen(text: string): { readonly host: string; readonly port: number } | undefined {
  const parts = /^(?:(?:\[([0-9a-fA-F:.]{2,45})\]|([^\s:[\]]{1,253})):)?([0-9]{1,5})$/.exec(text);
  if (parts === null) return undefined;
  const port = Number(parts[3]);
  return port > 65_535 ? undefined : { host: parts[1] ?? parts[2] ?? '127.0.0.1', port };
}
