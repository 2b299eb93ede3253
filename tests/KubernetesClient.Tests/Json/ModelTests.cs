using System.Text;
using KubernetesClient.Models;
using Xunit;

namespace KubernetesClient.Tests.Json;

public sealed class ModelTests
{
    [Fact]
    public void A_lease_has_its_times_in_microseconds() => Assert.Equal(
        """{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"ca","namespace":"mesh"},"spec":{"holderIdentity":"a","leaseDurationSeconds":15,"renewTime":"2026-01-02T03:04:05.000000Z","leaseTransitions":0}}""",
        Write(new V1Lease
        {
            Metadata = new() { Name = "ca", Namespace = "mesh" },
            Spec = new()
            {
                HolderIdentity = "a",
                LeaseDurationSeconds = 15,
                LeaseTransitions = 0,
                RenewTime = new DateTimeOffset(2026, 1, 2, 5, 4, 5, TimeSpan.FromHours(2)),
            },
        }));

    [Fact]
    public void What_a_real_server_says_of_a_token_is_read()
    {
        var review = Read<V1TokenReview>(
            """
            {"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","metadata":{"creationTimestamp":null,"managedFields":[{"manager":"x","operation":"Update"}]},
            "spec":{"token":"a.b.c","audiences":["istio-ca"]},
            "status":{"authenticated":true,"user":{"username":"system:serviceaccount:shop:cart","uid":"1","groups":["system:serviceaccounts"],
            "extra":{"authentication.kubernetes.io/pod-name":["cart-0"],"authentication.kubernetes.io/pod-uid":["2"]}},"audiences":["istio-ca"]}}
            """);
        Assert.True(review.Status!.Authenticated);
        Assert.Equal(["cart-0"], review.Status.User!.Extra!["authentication.kubernetes.io/pod-name"]);
        Assert.Equal(["istio-ca"], review.Status.Audiences!);
        Assert.DoesNotContain("a.b.c", review.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_are_base64()
    {
        var secret = new V1Secret { Metadata = new() { Name = "s" }, Type = "Opaque", Data = new Dictionary<string, byte[]> { ["k"] = [1, 2] } };
        Assert.Contains("\"data\":{\"k\":\"AQI=\"}", Write(secret), StringComparison.Ordinal);
        Assert.Equal([1, 2], Read<V1Secret>(Write(secret)).Data!["k"]);
    }

    [Theory]
    [InlineData("8080", 8080, null)]
    [InlineData("\"http\"", null, "http")]
    public void A_port_is_a_number_or_a_name(string json, int? number, string? name)
    {
        var service = Read<V1Service>("""{"kind":"Service","apiVersion":"v1","metadata":{},"spec":{"ports":[{"port":80,"targetPort":""" + json + "}]}}");
        Assert.Equal(new IntOrString { Number = number, Name = name }, service.Spec!.Ports![0].TargetPort);
        Assert.Contains($"\"targetPort\":{json}", Write(service), StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_keeps_its_content_as_it_is()
    {
        var policy = Read<V1Beta1AuthorizationPolicy>(
            """{"kind":"AuthorizationPolicy","apiVersion":"security.istio.io/v1beta1","metadata":{"name":"p","namespace":"shop","generation":3},"spec":{"action":"DENY","unknown":[1]}}""");
        Assert.Equal("""{"action":"DENY","unknown":[1]}""", policy.Spec!.Value.GetRawText());
        Assert.Equal(3, policy.Metadata.Generation);
    }

    [Fact]
    public void Addresses_of_a_pod_have_the_servers_spelling()
    {
        var pod = Read<V1Pod>("""{"kind":"Pod","apiVersion":"v1","metadata":{},"status":{"podIP":"10.0.0.1","podIPs":[{"ip":"10.0.0.1"},{"ip":"fd00::1"}]}}""");
        Assert.Equal("10.0.0.1", pod.Status!.PodIP);
        Assert.Equal(["10.0.0.1", "fd00::1"], pod.Status.PodIPs!.Select(each => each.Ip!));
    }

    [Fact]
    public void A_request_for_a_token_names_what_it_is_bound_to() => Assert.Equal(
        """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","metadata":{},"spec":{"audiences":["istio-ca"],"expirationSeconds":600,"boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"web","uid":"1"}}}""",
        Write(new V1TokenRequest
        {
            Spec = new()
            {
                Audiences = ["istio-ca"],
                ExpirationSeconds = 600,
                BoundObjectRef = new() { Kind = "Pod", ApiVersion = "v1", Name = "web", Uid = "1" },
            },
        }));

    private static string Write<T>(T item)
        where T : class, IKubernetesResource<T> => Encoding.UTF8.GetString(KubernetesJson.Serialize(item));

    private static T Read<T>(string json)
        where T : class, IKubernetesResource<T> => Assert.IsType<T>(KubernetesJson.Deserialize<T>(Encoding.UTF8.GetBytes(json)));
}
