// Writes dist/azure.zip from the built app: `npm run build`, then `node src/build/run.mjs infra/package-app.mjs`.
import { packageApp } from './package/main.ts';

console.log(packageApp());
