using MeshCA.Configuration;
using MeshCA.Decisions;
using MeshCA.Rpc.ExternalAuthorizations;
using Microsoft.AspNetCore.Http;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rpc.ExternalAuthorizations;

public sealed class ForwardedQuestionsTests
{
    [Fact]
    public void Headers_outlive_the_request_whose_connection_serves_the_next_one()
    {
        var policies = TestPolicies.Of("", "shop/cart").Current!;
        Assert.True(policies.Workloads.TryFind(TestPolicies.IdOf("shop/cart"), out var entry));
        var context = new DefaultHttpContext();
        context.Request.Headers["x-team"] = "blue";
        context.Request.Headers["X-Original-Method"] = "GET";
        context.Request.Headers["X-Original-URI"] = "/";
        context.Request.Headers["X-Original-Host"] = "cart.example";
        var questions = new ForwardedQuestions(new DecisionOptions());

        var subject = new DecisionSubject(policies, entry, null, DecisionCaller.Local);
        Assert.True(questions.TryReadOwn(context, "/", subject, out var own));
        Assert.True(questions.TryReadForwarded(context, subject, out var forwarded));
        context.Request.Headers.Clear();
        context.Request.Headers["x-team"] = "red";

        Assert.Equal(("blue", "blue"), (own.Headers!.Find("X-Team").Join(), forwarded.Headers!.Find("x-team").Join()));
    }
}
