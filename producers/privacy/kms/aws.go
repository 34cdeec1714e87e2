package kms

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/tink-crypto/tink-go-awskms/v3/integration/awskms"
	"github.com/tink-crypto/tink-go/v2/core/registry"
)

func newAWS(ctx context.Context, uri string) (registry.KMSClient, error) {
	key := strings.TrimPrefix(uri, awsScheme)
	name, err := arn.Parse(key)
	if err != nil || name.Service != "kms" || name.Region == "" {
		return nil, errors.New("AWS KMS needs the ARN of the key: aws-kms://arn:aws:kms:REGION:ACCOUNT:key/ID")
	}
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(name.Region), config.WithRetryMaxAttempts(2),
		config.WithLogger(logging.Nop{}), // errors say it
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(attemptLimit)))
	if err != nil {
		return nil, fmt.Errorf("read the settings of AWS: %w", err)
	}
	client, err := awskms.NewClientWithOptions(ctx, uri, awskms.WithKMS(kms.NewFromConfig(settings)))
	if err != nil {
		return nil, fmt.Errorf("make a client of AWS KMS: %w", err)
	}
	return &judged{client, func(operation string, err error) error { return judgeAWS(key, operation, err) }}, nil
}

// judgeAWS reads the codes of https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html#API_Decrypt_Errors and of
// .../CommonErrors.html; those that it doesn't name (throttling, internal failures, timeouts) pass.
func judgeAWS(key, operation string, err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return nil
	}
	switch api.ErrorCode() {
	case "InvalidCiphertextException", "IncorrectKeyException":
		return wrongKey(err)
	case "AccessDeniedException", "AccessDenied", "NotAuthorized":
		permission := "kms:Encrypt"
		if operation == "decrypt" {
			permission = "kms:Decrypt"
		}
		return locked(err, "AWS denies %s on %s: allow it to this process's role, in the key's policy or in IAM (kms:Encrypt and kms:Decrypt are needed)", permission, key)
	case "NotFoundException", "InvalidArnException", "InvalidKeyUsageException":
		return locked(err, "AWS has no symmetric encryption key %s: check the ARN", key)
	case "DisabledException", "KMSInvalidStateException":
		return locked(err, "the key %s is disabled or about to be deleted: enable it, or cancel its deletion, in AWS KMS", key)
	case "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature",
		"ExpiredTokenException", "ExpiredToken", "MissingAuthenticationToken", "MissingAuthenticationTokenException", "OptInRequired":
		return locked(err, "AWS doesn't accept this process's login: check its role, profile or AWS_ACCESS_KEY_ID")
	}
	return nil
}
