import { Duration, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** A queue of dead letters: encrypted, by TLS only, kept for as long as SQS can. */
export function createDeadLetters(scope: Construct, id: string, key?: IKey): Queue {
  const queue = new Queue(scope, id, {
    encryption: key ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
    encryptionMasterKey: key,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'It is a queue of dead letters itself; an alarm tells of its first message.',
  });
  return queue;
}
