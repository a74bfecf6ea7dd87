// A certified OpenID provider for tests. Its accounts, client and keys come as JSON on stdin.
import { readFileSync } from 'node:fs';
import Provider from 'oidc-provider';

const told = JSON.parse(readFileSync(0, 'utf8'));
const provider = new Provider(told.issuer, {
  clients: [{
    client_id: told.client_id,
    client_secret: told.client_secret,
    redirect_uris: [told.redirect_uri],
    token_endpoint_auth_method: told.client_secret ? 'client_secret_basic' : 'none',
  }],
  jwks: { keys: told.keys },
  cookies: { keys: ['for tests only'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
  pkce: { required: () => true },
  ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  async findAccount(ctx, login) {
    const account = told.accounts[login];
    return account && { accountId: login, claims: async () => ({ sub: login, ...account }) };
  },
  // Nobody is asked whether we may know who they are.
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
});
provider.listen(told.port, '127.0.0.1', () => console.log('ready'));
