using System.Text;
using System.Text.Json.Nodes;
using KubernetesClient.Models;
using MeshCA.TrustDistribution;
using Xunit;

namespace MeshCA.Tests.TrustDistribution;

public sealed class WebhookPlannerTests
{
    private const string Bundle = "roots\n";

    [Fact]
    public void Only_what_differs_is_patched_and_each_change_tests_the_name_first()
    {
        var patch = WebhookPlanner.Plan([Webhook("a", Bundle), Webhook("b", "old"), Webhook("c", null)], Bundle);
        var operations = JsonNode.Parse(patch)!.AsArray().Select(o => $"{o!["op"]} {o["path"]} {o["value"]}").ToList();
        var wanted = Convert.ToBase64String(Encoding.UTF8.GetBytes(Bundle));
        Assert.Equal(
            [
                "test /webhooks/1/name b", $"add /webhooks/1/clientConfig/caBundle {wanted}",
                "test /webhooks/2/name c", $"add /webhooks/2/clientConfig/caBundle {wanted}",
            ],
            operations);
    }

    [Fact]
    public void Where_all_have_it_nothing_is_patched() => Assert.Null(WebhookPlanner.Plan([Webhook("a", Bundle)], Bundle));

    [Fact]
    public void A_webhook_without_a_name_or_an_address_is_passed_over() =>
        Assert.Null(WebhookPlanner.Plan([new V1Webhook { Name = "a" }, Webhook(null, "old")], Bundle));

    public static TheoryData<string, string?, bool> Ours() =>
    [
        new("named", null, true) { Label = "by name" },
        new("other", "canary", true) { Label = "by revision" },
        new("other", "default", false) { Label = "another revision" },
        new("other", null, false) { Label = "neither" },
    ];

    [Theory]
    [MemberData(nameof(Ours))]
    public void Webhooks_are_chosen_by_name_or_revision(string name, string? revision, bool ours)
    {
        var labels = revision is null ? null : new Dictionary<string, string> { ["istio.io/rev"] = revision };
        Assert.Equal(ours, WebhookPlanner.IsOurs(new V1ObjectMeta { Name = name, Labels = labels }, ["named"], ["canary"]));
    }

    private static V1Webhook Webhook(string? name, string? bundle) => new()
    {
        Name = name,
        ClientConfig = new() { CaBundle = bundle is null ? null : Encoding.UTF8.GetBytes(bundle) },
    };
}
