// Signs a user in by SRP, as a frontend does, and prints an access token: node sign_in.mjs
// From the environment: USER_POOL_ID, USER_POOL_CLIENT_ID, USERNAME, PASSWORD; NEW_PASSWORD where PASSWORD is the
// temporary one that `admin-create-user` gave; USER_POOL_ENDPOINT for another Cognito than AWS's.
import { Amplify } from 'aws-amplify';
import { confirmSignIn, fetchAuthSession, signIn } from 'aws-amplify/auth';

const { USER_POOL_ID, USER_POOL_CLIENT_ID, USER_POOL_ENDPOINT, USERNAME, PASSWORD, NEW_PASSWORD } = process.env;

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
if (nextStep.signInStep !== 'DONE') {
  throw new Error(`Cognito asks for another step: ${nextStep.signInStep}`);
}
const { tokens } = await fetchAuthSession();
process.stdout.write(`${tokens.accessToken}\n`, () => process.exit(0));
