// Verifies a deployment on a real subscription: `node src/build/run.mjs infra/verify-azure.mjs --environment NAME --location REGION`.
import { verify } from './verify/main.ts';

process.exitCode = await verify(process.argv.slice(2));
