# learned single numbers, by both exporters: a scale and a shift (scalars-dynamo), the exponent and temperature of a pooled head (gem)
import torch
class Sc(torch.nn.Module):
    def __init__(s): super().__init__(); s.c=torch.nn.Conv2d(3,8,16,16); s.scale=torch.nn.Parameter(torch.tensor([.9])); s.bias=torch.nn.Parameter(torch.tensor([-.4])); s.n=torch.nn.LayerNorm(8,bias=False); s.fc=torch.nn.Linear(8,4)
    def forward(s,x):
        t=s.n(s.c(x).flatten(2).transpose(1,2)); return s.fc((s.scale*t.relu()**2+s.bias).mean(1))
class Gem(torch.nn.Module):
    def __init__(s): super().__init__(); s.c=torch.nn.Conv2d(3,8,16,16); s.logit_scale=torch.nn.Parameter(torch.tensor(1.3)); s.p=torch.nn.Parameter(torch.ones(1)*3); s.fc=torch.nn.Linear(8,4)
    def forward(s,x):
        t=s.c(x); t=t.clamp(min=1e-6).pow(s.p).mean((2,3)).pow(1./s.p); return s.fc(t)*s.logit_scale.exp()
for n,m in (('scalars',Sc()),('gem',Gem())):
    torch.manual_seed(0); m.eval(); x=torch.randn(2,3,64,64)
    torch.onnx.export(m,(x,),n+'-dynamo.onnx',dynamo=True,dynamic_shapes=({0:torch.export.Dim('batch')},),opset_version=20,external_data=False,input_names=['x'],output_names=['logits'])
    torch.onnx.export(m,(x,),n+'.onnx',dynamo=False,opset_version=17,input_names=['x'],output_names=['logits'],dynamic_axes={'x':{0:'N'}})
