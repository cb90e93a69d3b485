import { expect, test } from 'vitest';
import { httpServer } from './http/http-server.suite.ts';
import { context, notification } from './notification.suite.ts';
import { slack } from './slack.ts';

test('posts a text and blocks in which values cannot make links or call a channel', async () => {
  await using server = await httpServer();
  const destination = slack.create('chat', { url: server.url, allowPrivate: true }, context);
  const title = '<!channel> <http://evil|click> & more\r\nlines';
  const sent = notification({ title, description: `<!here> ${'d'.repeat(4000)}`, logTypes: ['<x>'] });
  expect(await destination.send(sent)).toMatchObject({ kind: 'delivered' });
  const body = JSON.parse(server.received[0]?.body ?? '');
  expect(body.text).toBe('[HIGH] &lt;!channel&gt; &lt;http://evil|click&gt; &amp; more lines');
  const marked = JSON.stringify(
    body.blocks.filter((block: { text?: { type: string } }) => block.text?.type !== 'plain_text'),
  );
  expect(marked).not.toMatch(/<!|<x|<http:\/\/evil/);
  expect(marked).toContain('<https://tocsin.example/alerts/a1?x=1&y=2|Open the alert>');
  for (const block of body.blocks) expect(block.text?.text?.length ?? 0).toBeLessThanOrEqual(3000);
});
