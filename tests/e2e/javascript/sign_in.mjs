// `node sign_in.mjs` signs a user in by SRP, as a frontend does, and prints an access token. It reads USER_POOL_ID,
// USER_POOL_CLIENT_ID, USERNAME and PASSWORD from the environment. NEW_PASSWORD is needed when PASSWORD is the
// temporary password of `admin-create-user`, and CODE is that of the authenticator app of a user who has one.
// USER_POOL_ENDPOINT names another Cognito than AWS's.
import { Amplify } from 'aws-amplify';
import { confirmSignIn, fetchAuthSession, signIn } from 'aws-amplify/auth';

const { USER_POOL_ID, USER_POOL_CLIENT_ID, USER_POOL_ENDPOINT, USERNAME, PASSWORD, NEW_PASSWORD, CODE } = process.env;

Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: USER_POOL_ID,
      userPoolClientId: USER_POOL_CLIENT_ID,
      ...(USER_POOL_ENDPOINT && { userPoolEndpoint: USER_POOL_ENDPOINT }),
    },
  },
});
let { nextStep } = await signIn({ username: USERNAME, password: PASSWORD });
if (nextStep.signInStep === 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED') {
  ({ nextStep } = await confirmSignIn({ challengeResponse: NEW_PASSWORD }));
}
if (nextStep.signInStep === 'CONFIRM_SIGN_IN_WITH_TOTP_CODE' && CODE) {
  ({ nextStep } = await confirmSignIn({ challengeResponse: CODE }));
}
if (nextStep.signInStep !== 'DONE') {
  throw new Error(`Cognito asks for another step: ${nextStep.signInStep}`);
}
const { tokens } = await fetchAuthSession();
process.stdout.write(`${tokens.accessToken}\n`, () => process.exit(0));
