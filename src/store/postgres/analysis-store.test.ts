import { rm } from 'node:fs/promises';
import { analysisStoreSuite } from './analysis-store.suite.ts';
import { connectPostgres } from './connect.ts';
import { temporaryDatabaseFolder } from './temporary-database.suite.ts';

analysisStoreSuite(async () => {
  const path = await temporaryDatabaseFolder();
  const database = await connectPostgres({ path });
  return {
    ...database,
    async close() {
      await database.close();
      await rm(path, { recursive: true });
    },
  };
});
