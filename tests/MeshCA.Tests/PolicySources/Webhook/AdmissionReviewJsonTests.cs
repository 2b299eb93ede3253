using System.Text;
using System.Text.Json;
using AuthzEngine.Diagnostics;
using MeshCA.PolicySources.Webhook;
using Xunit;

namespace MeshCA.Tests.PolicySources.Webhook;

public sealed class AdmissionReviewJsonTests
{
    public const string Review = """
        {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u-1","operation":"CREATE","dryRun":true,
         "kind":{"group":"security.istio.io","version":"v1","kind":"AuthorizationPolicy"},"namespace":"shop","name":"a",
         "object":{"apiVersion":"security.istio.io/v1beta1","kind":"AuthorizationPolicy",
          "metadata":{"name":"a","namespace":"shop","creationTimestamp":null,"labels":{"team":"x"},"annotations":{"istio.io/dry-run":"true"}},
          "spec":{"action":"DENY","rules":[{}]}}}}
        """;

    [Fact]
    public void A_question_is_read_whole()
    {
        Assert.True(AdmissionReviewJson.TryRead(Encoding.UTF8.GetBytes(Review), out var request, out _));
        Assert.Equal(("u-1", "CREATE", "security.istio.io", "AuthorizationPolicy", "shop", "a"),
            (request.Uid, request.Operation, request.Group, request.Kind, request.Namespace, request.Name));
        Assert.Equal("x", request.Metadata.Labels!["team"]);
        Assert.Equal("DENY", request.Spec!.Value.GetProperty("action").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{"uid":"u"}}""")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}""")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":""}}""")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"\ud800"}}""")]
    public void What_is_no_question_is_refused_with_a_reason(string body)
    {
        Assert.False(AdmissionReviewJson.TryRead(Encoding.UTF8.GetBytes(body), out _, out var fault));
        Assert.NotEmpty(fault);
    }

    [Fact]
    public void Any_damage_to_a_question_is_read_or_refused_and_never_throws()
    {
        var bytes = Encoding.UTF8.GetBytes(Review);
        for (var at = 0; at < bytes.Length; at++)
        {
            foreach (var value in (byte[])[0, (byte)'"', (byte)'{', (byte)'7', 0xFF])
            {
                var damaged = bytes.ToArray();
                damaged[at] = value;
                if (AdmissionReviewJson.TryRead(damaged, out var request, out _))
                {
                    AdmissionReviewJson.Write(request, PolicyAdmission.Judge(request, null, DateTimeOffset.UnixEpoch));
                }
            }
        }
    }

    [Fact]
    public void A_refusal_has_every_error_with_its_field()
    {
        Assert.True(AdmissionReviewJson.TryRead(Encoding.UTF8.GetBytes(Review), out var request, out _));
        Finding[] errors = [.. Enumerable.Range(0, 60).Select(i => new Finding(Severity.Error, "code", null, $"spec.rules[{i}]", "wrong\n\u001b[31m"))];
        using var answer = JsonDocument.Parse(AdmissionReviewJson.Write(request, new(errors, ["w"])));
        var response = answer.RootElement.GetProperty("response");

        Assert.Equal("u-1", response.GetProperty("uid").GetString());
        Assert.False(response.GetProperty("allowed").GetBoolean());
        var status = response.GetProperty("status");
        Assert.Equal(422, status.GetProperty("code").GetInt32());
        Assert.Equal(50, status.GetProperty("details").GetProperty("causes").GetArrayLength());
        Assert.Equal("spec.rules[3]", status.GetProperty("details").GetProperty("causes")[3].GetProperty("field").GetString());
        Assert.DoesNotContain('\u001b', status.GetProperty("message").GetString()!);
    }
}
