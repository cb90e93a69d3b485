import { rm } from 'node:fs/promises';
import { scheduleStoreSuite } from './schedule-store.suite.ts';
import { connectPostgres } from './connect.ts';
import { temporaryDatabaseFolder } from './temporary-database.suite.ts';

scheduleStoreSuite(async () => {
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
