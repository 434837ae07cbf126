/** People who may or may not approve, and forms as a browser or an attacker sends them. */

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
export const PEOPLE = `apiVersion: countersign/v1
kind: Directory
id: demo
users:
  - { id: starter, name: Starter, email: starter@example.test, roles: [starter, approver], groups: [finance] }
  - { id: approver, name: Approver, email: approver@example.test, roles: [approver], groups: [finance] }
  - { id: second, name: Second, email: second@example.test, roles: [approver], groups: [finance] }
  - { id: outsider, name: Outsider, email: outsider@example.test, roles: [approver] }
groups: [{ id: finance, name: Finance }]
`;

export const post = (link: string, form: URLSearchParams | string, headers: Record<string, string> = {}) =>
  fetch(link, { method: 'POST', headers: { ...FORM, ...headers }, body: form.toString() });
export const changed = (form: URLSearchParams, values: Record<string, string>) => {
  const next = new URLSearchParams(form);
  next.set('decision', 'approve');
  for (const [name, value] of Object.entries(values)) next.set(name, value);
  return next;
};
