using System.Text.Json.Serialization;
using KubernetesClient.Models;

namespace KubernetesClient.Json;

/// <summary>How objects are read and written. A kind that is not named here cannot be asked for.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    Converters =
    [
        typeof(IntOrStringConverter),
        typeof(StrictListConverter<string>),
        typeof(StrictListConverter<V1PodIP>),
        typeof(StrictListConverter<V1ServicePort>),
        typeof(StrictListConverter<V1CertificateSigningRequestCondition>),
        typeof(StrictListConverter<V1Webhook>),
        typeof(StrictListConverter<V1CustomResourceDefinitionVersion>),
        typeof(StrictListConverter<V1Condition>),
        typeof(StrictListConverter<V1ContainerInFull>),
        typeof(StrictListConverter<V1ContainerInFullPort>),
        typeof(StrictMapConverter<string>),
        typeof(StrictMapConverter<byte[]>),
        typeof(StrictMapConverter<IReadOnlyList<string>>),
    ])]
[JsonSerializable(typeof(V1Pod))]
[JsonSerializable(typeof(V1PodInFull))]
[JsonSerializable(typeof(V1DestinationRule))]
[JsonSerializable(typeof(V1Beta1DestinationRule))]
[JsonSerializable(typeof(V1ServiceAccount))]
[JsonSerializable(typeof(V1Node))]
[JsonSerializable(typeof(V1Namespace))]
[JsonSerializable(typeof(V1ConfigMap))]
[JsonSerializable(typeof(V1Secret))]
[JsonSerializable(typeof(V1Service))]
[JsonSerializable(typeof(V1Lease))]
[JsonSerializable(typeof(V1TokenReview))]
[JsonSerializable(typeof(V1TokenRequest))]
[JsonSerializable(typeof(V1CertificateSigningRequest))]
[JsonSerializable(typeof(V1MutatingWebhookConfiguration))]
[JsonSerializable(typeof(V1ValidatingWebhookConfiguration))]
[JsonSerializable(typeof(V1CustomResourceDefinition))]
[JsonSerializable(typeof(V1AuthorizationPolicy))]
[JsonSerializable(typeof(V1PeerAuthentication))]
[JsonSerializable(typeof(V1RequestAuthentication))]
[JsonSerializable(typeof(V1Beta1AuthorizationPolicy))]
[JsonSerializable(typeof(V1Beta1PeerAuthentication))]
[JsonSerializable(typeof(V1Beta1RequestAuthentication))]
[JsonSerializable(typeof(ApiStatus))]
[JsonSerializable(typeof(Envelope))]
[JsonSerializable(typeof(ListMetadata))]
internal sealed partial class ApiJson : JsonSerializerContext;
